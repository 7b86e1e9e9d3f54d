//! Processor time: what a figure costs, whoever else uses the machine meanwhile.

use std::fs;
use std::time::Duration;

/// Time this process has spent on a core; of one thread's name, or of all.
pub fn used(thread: Option<&str>) -> Duration {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let mut nanos = 0;
    for task in tasks {
        let name = fs::read_to_string(task.path().join("comm")).unwrap_or_default();
        if thread.is_some_and(|wanted| name.trim() != wanted) {
            continue;
        }
        let times = fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
        nanos += times.split_whitespace().next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
    }
    Duration::from_nanos(nanos)
}

/// Time the calling thread has spent on a core: what a piece of work took, without whoever was let in between.
pub fn of_this_thread() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

/// Microseconds of `spent` per one of `count`.
pub fn each(spent: Duration, count: usize) -> f64 {
    spent.as_secs_f64() * 1e6 / count.max(1) as f64
}
