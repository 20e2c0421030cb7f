//! Memory that ran out, which only the words of an error tell from what fails for good.

use crate::Error;

/// Whether `message`, of libtorch or of a panic, says that memory ran out, be it the machine's or a GPU's.
#[must_use]
pub fn ran_out(message: &str) -> bool {
    // Of libtorch on a GPU, of libtorch on a CPU, and of C++.
    ["out of memory", "can't allocate memory", "bad_alloc"].iter().any(|sign| message.contains(sign))
}

impl Error {
    /// Whether memory ran out, which may be there next time; all else would be refused again.
    #[must_use]
    pub fn is_out_of_memory(&self) -> bool {
        // Only libtorch takes memory enough.
        let Self::Torch(error) = self else { return false };
        ran_out(&error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use tch::TchError;

    use super::*;

    #[test]
    fn memory_that_ran_out_is_known_by_the_words_of_all_who_allocate() {
        for said in [
            "CUDA out of memory. Tried to allocate 2.00 GiB",
            "[enforce fail at alloc_cpu.cpp:118] err == 0. DefaultCPUAllocator: can't allocate memory",
            "std::bad_alloc",
        ] {
            assert!(ran_out(said), "{said}");
            assert!(Error::Torch(TchError::Torch(said.to_owned())).is_out_of_memory(), "{said}");
        }
        let said = "The size of tensor a (3) must match the size of tensor b (4)";
        assert!(!ran_out(said));
        assert!(!Error::Torch(TchError::Torch(said.to_owned())).is_out_of_memory());
        assert!(!Error::Empty.is_out_of_memory());
    }
}
