//! Processor time: what a figure costs, whoever else uses the machine meanwhile.

use std::fs;
use std::time::Duration;

use rustix::time::ClockId;

/// Time this process has spent on a core: the threads of one name that still run, or all there ever were.
pub fn used(thread: Option<&str>) -> Duration {
    let Some(wanted) = thread else { return of_clock(ClockId::ProcessCPUTime) };
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let mut nanos = 0;
    for task in tasks {
        let name = fs::read_to_string(task.path().join("comm")).unwrap_or_default();
        if name.trim() != wanted {
            continue;
        }
        let times = fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
        nanos += times.split_whitespace().next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
    }
    Duration::from_nanos(nanos)
}

/// Time the calling thread has spent on a core: what a piece of work took, without whoever was let in between.
pub fn of_this_thread() -> Duration {
    of_clock(ClockId::ThreadCPUTime)
}

fn of_clock(clock: ClockId) -> Duration {
    let time = rustix::time::clock_gettime(clock);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

/// Microseconds of `spent` per one of `count`.
pub fn each(spent: Duration, count: usize) -> f64 {
    spent.as_secs_f64() * 1e6 / count.max(1) as f64
}
