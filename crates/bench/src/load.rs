//! Load of two kinds: callers that each wait for their answer, and arrivals at a fixed rate that wait for nobody.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use hdrhistogram::Histogram;

/// What a load run showed; latencies in microseconds.
pub struct Load {
    pub done: usize,
    pub took: Duration,
    pub latency: Histogram<u64>,
}

impl Load {
    pub fn per_second(&self) -> f64 {
        self.done as f64 / self.took.as_secs_f64()
    }
    pub fn ms(&self, quantile: f64) -> f64 {
        self.latency.value_at_quantile(quantile) as f64 / 1e3
    }
}

pub fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000, 3).unwrap_or_else(|_| unreachable!("fixed bounds"))
}

/// `callers` tasks share `count` calls, numbered from `first`; each makes its next call when the last was answered.
pub async fn closed<F, R>(callers: usize, first: usize, count: usize, call: F) -> Result<Load>
where
    F: Fn(usize, usize) -> R + Send + Sync + 'static,
    R: Future<Output = Result<()>> + Send,
{
    let (call, next) = (Arc::new(call), Arc::new(AtomicUsize::new(0)));
    let started = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let (call, next) = (call.clone(), next.clone());
            tokio::spawn(async move {
                let mut latency = histogram();
                loop {
                    let no = next.fetch_add(1, Ordering::Relaxed);
                    if no >= count {
                        return Ok::<_, anyhow::Error>(latency);
                    }
                    let asked = Instant::now();
                    call(caller, first + no).await?;
                    latency.saturating_record(asked.elapsed().as_micros() as u64);
                }
            })
        })
        .collect();
    let mut latency = histogram();
    for task in tasks {
        latency.add(task.await??)?;
    }
    Ok(Load { done: count, took: started.elapsed(), latency })
}
