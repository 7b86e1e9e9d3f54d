//! The outside world as a function: requests in, answers out, and a list of what was asked.

use std::sync::Mutex;

use async_trait::async_trait;
use engine::{Outgoing, Sent, World};

type Answering = Box<dyn FnMut(&Outgoing) -> Sent + Send>;

pub struct FakeWorld {
    answer: Mutex<Answering>,
    asked: Mutex<Vec<Outgoing>>,
}

impl Default for FakeWorld {
    fn default() -> Self {
        Self::answering(|_| Sent::NotSent { why: "there is no world in this test".into(), permanent: true })
    }
}

impl FakeWorld {
    pub fn answering(answer: impl FnMut(&Outgoing) -> Sent + Send + 'static) -> Self {
        Self { answer: Mutex::new(Box::new(answer)), asked: Mutex::default() }
    }
    /// From now on the world answers otherwise.
    pub fn now_answers(&self, answer: impl FnMut(&Outgoing) -> Sent + Send + 'static) {
        *self.answer.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Box::new(answer);
    }
    /// What was asked since the last look.
    pub fn take_asked(&self) -> Vec<Outgoing> {
        std::mem::take(&mut *self.asked.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

#[async_trait]
impl World for FakeWorld {
    async fn request(&self, request: Outgoing) -> Sent {
        let mut answer = self.answer.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.asked.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(request.clone());
        answer(&request)
    }
    /// Of what the real one refuses, the address at which clouds tell their secrets.
    fn refuses(&self, url: &str) -> bool {
        url.starts_with("http://169.254.169.254")
    }
}
