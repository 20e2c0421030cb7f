//! What a process holds in memory.

use crate::store::record::Memory;

/// Of this process, if the system tells.
pub(super) fn memory() -> Option<Memory> {
    parsed(&fs_err::read_to_string("/proc/self/status").ok()?)
}

/// From Linux's `status` of a process, whose numbers are kilobytes.
fn parsed(status: &str) -> Option<Memory> {
    let bytes = |name: &str| -> Option<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        Some(1024 * line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?)
    };
    Some(Memory { peak: bytes("VmHWM")?, shared: bytes("RssFile")? + bytes("RssShmem")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_tells_what_is_held() {
        let status = "Name:\tkd\nVmHWM:\t  512000 kB\nVmRSS:\t 400000 kB\nRssAnon:\t 100000 kB\nRssFile:\t 250000 kB\nRssShmem:\t 50000 kB\n";
        assert_eq!(parsed(status), Some(Memory { peak: 524_288_000, shared: 307_200_000 }));
        assert_eq!(parsed("Name:\tkd\n"), None);
    }
}
