use crate::native;

/// Has this process keep freed memory for its next allocations, where it is glibc that allocates; it would give large
/// blocks back to the system at every step, which costs small models up to a third of their time.
pub fn keep_freed_memory() {
    native::keep_freed_memory();
}
