//! Gives memory back that was used and is free: an allocator keeps it for the next time, which on a quiet server may never come. One
//! log-in takes 19 MiB, a demo's history some 50.

use std::time::Duration;

/// How often; short beside the life of a server, long beside the time it takes.
const EVERY: Duration = Duration::from_secs(15);
/// How long the allocator keeps a page that became free, in milliseconds. It would keep it for a second, and take another one meanwhile.
const KEPT_MS: std::ffi::c_long = 10;

#[expect(unsafe_code, reason = "the allocators have no other door; the functions take plain values and may be called at any time")]
mod allocators {
    unsafe extern "C" {
        /// Of mimalloc, which the program's own code uses.
        pub safe fn mi_collect(force: bool);
        pub safe fn mi_option_set(option: std::ffi::c_int, value: std::ffi::c_long);
        #[cfg(test)]
        pub safe fn mi_option_get(option: std::ffi::c_int) -> std::ffi::c_long;
        /// Of the C library, which SQLite uses.
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        pub safe fn malloc_trim(keep: usize) -> std::ffi::c_int;
    }
    /// `mi_option_purge_delay` in mimalloc.h.
    pub const PURGE_DELAY: std::ffi::c_int = 15;
}

/// Gives back what is free now, and again every [`EVERY`] as long as the process lives.
pub fn give_back() {
    allocators::mi_option_set(allocators::PURGE_DELAY, KEPT_MS);
    let forever = || {
        loop {
            once();
            std::thread::sleep(EVERY);
        }
    };
    // Where no thread can be made, memory is all that is lost.
    let _ = std::thread::Builder::new().name("memory".into()).stack_size(64 * 1024).spawn(forever);
}

fn once() {
    allocators::mi_collect(true);
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    allocators::malloc_trim(0);
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn own_kib() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").expect("a status");
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("a line");
        line.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
    }

    /// Its number is the allocator's, and could become another option's.
    #[test]
    fn the_option_is_the_one_that_is_meant() {
        assert_eq!(allocators::mi_option_get(allocators::PURGE_DELAY), 1_000, "the allocator's own delay");
    }

    /// Other tests take some meanwhile.
    #[test]
    fn what_is_free_goes_back_to_the_system() {
        const MIB: usize = 1024 * 1024;
        let held = vec![1u8; 256 * MIB];
        let before = own_kib();
        drop(held);
        once();
        assert!(own_kib() + 128 * 1024 < before, "{before} KiB before, {} KiB after", own_kib());
    }
}
