//! Steps with their times, as lines while they run and as a table at the end.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

pub struct Steps {
    total: usize,
    done: Vec<Step>,
}

struct Step {
    name: String,
    took: Duration,
    failed: Option<String>,
}

impl Steps {
    pub fn new(total: usize) -> Self {
        Self { total, done: Vec::new() }
    }

    /// Runs a step; its failure ends the verb.
    pub fn run<T>(&mut self, name: &str, step: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("\n[{}/{}] {name}", self.done.len() + 1, self.total);
        let started = Instant::now();
        let result = step();
        let took = started.elapsed();
        let failed = result.as_ref().err().map(|error| format!("{error:#}"));
        let word = if failed.is_some() { "failed after" } else { "done in" };
        println!("[{}/{}] {name}: {word} {}", self.done.len() + 1, self.total, seconds(took));
        self.done.push(Step { name: name.to_owned(), took, failed });
        result
    }

    /// Runs a step; its failure is kept for the end, so that one run tells everything that is wrong.
    pub fn keep<T>(&mut self, name: &str, step: impl FnOnce() -> Result<T>) -> Option<T> {
        match self.run(name, step) {
            Ok(value) => Some(value),
            Err(error) => {
                eprintln!("{error:#}");
                None
            }
        }
    }

    /// The table; an error if any step failed.
    pub fn finish(self, title: &str) -> Result<()> {
        let width = self.done.iter().map(|step| step.name.chars().count()).max().unwrap_or(0);
        println!("\n{title}");
        for step in &self.done {
            let word = if step.failed.is_some() { "FAILED" } else { "ok" };
            println!("  {:<width$}  {:>9}  {word}", step.name, seconds(step.took));
        }
        let total: Duration = self.done.iter().map(|step| step.took).sum();
        println!("  {:<width$}  {:>9}", "together", seconds(total));
        let failed: Vec<_> = self.done.iter().filter_map(|step| step.failed.as_ref().map(|why| format!("{}: {why}", step.name))).collect();
        if !failed.is_empty() {
            bail!("{} of {} steps failed\n\n{}", failed.len(), self.done.len(), failed.join("\n\n"));
        }
        Ok(())
    }
}

fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 100.0 { format!("{seconds:.1} s") } else { format!("{} min {:02} s", time.as_secs() / 60, time.as_secs() % 60) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_at_a_glance() {
        assert_eq!(seconds(Duration::from_millis(1_260)), "1.3 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 05 s");
    }

    #[test]
    fn a_kept_failure_fails_the_end() {
        let mut steps = Steps::new(2);
        assert!(steps.keep("one", || anyhow::Ok(())).is_some());
        assert!(steps.keep("two", || -> Result<()> { bail!("no") }).is_none());
        let error = steps.finish("Summary").expect_err("one failed");
        assert!(error.to_string().contains("two: no"), "{error}");
    }
}
