//! Task channels: their rows, and a number for each so that what stands beside queues and lines is found quickly.

use std::collections::BTreeMap;

use model::{TaskChannel, TaskChannelId};

/// A task channel by its number in this router.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ChannelNo(u32);

impl ChannelNo {
    pub const FIRST: Self = Self(0);
    pub const LAST: Self = Self(u32::MAX);

    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Channels that every workspace has; others come with the first task or worker that names them.
pub(crate) const BUILT_IN: [&str; 6] = ["default", "voice", "chat", "sms", "video", "email"];

#[derive(Debug, Clone)]
pub(crate) struct Channel {
    pub name: String,
    /// None while it was only met.
    pub row: Option<TaskChannel>,
}

impl Channel {
    /// Whether idleness is measured on this channel alone.
    pub fn own_idleness(&self) -> bool {
        self.row.as_ref().is_some_and(|row| row.channel_optimized_routing)
    }

    /// Whether who holds a task of `other` is offered none of this one.
    pub fn held_off_by(&self, other: &str) -> bool {
        self.row.as_ref().is_some_and(|row| row.held_off_by.contains(other))
    }
}

/// The channels that tasks and workers have named, numbered. A number is never given again, nor is it taken away.
#[derive(Debug, Clone, Default)]
pub(crate) struct Channels {
    all: Vec<Channel>,
    numbers: BTreeMap<String, ChannelNo>,
    /// Those without a row.
    lacking: usize,
}

impl Channels {
    pub fn new(rows: Vec<TaskChannel>) -> Self {
        let mut channels = Self::default();
        rows.into_iter().for_each(|row| channels.put(row));
        BUILT_IN.iter().for_each(|name| {
            channels.meet(name);
        });
        channels
    }

    pub fn get(&self, name: &str) -> Option<ChannelNo> {
        self.numbers.get(name).copied()
    }

    /// The number of a name, a new one if it has none.
    pub fn meet(&mut self, name: &str) -> ChannelNo {
        self.get(name).unwrap_or_else(|| {
            let no = ChannelNo(self.all.len() as u32);
            self.all.push(Channel { name: name.to_owned(), row: None });
            self.numbers.insert(name.to_owned(), no);
            self.lacking += 1;
            no
        })
    }

    pub fn put(&mut self, row: TaskChannel) {
        let no = self.meet(&row.unique_name);
        if let Some(channel) = self.all.get_mut(no.index()) {
            self.lacking -= usize::from(channel.row.is_none());
            channel.row = Some(row);
        }
    }

    /// Forgets a row; the name keeps its number, and is no channel until somebody names it.
    pub fn remove(&mut self, name: &str) {
        if let Some(no) = self.numbers.remove(name)
            && let Some(channel) = self.all.get_mut(no.index())
        {
            *channel = Channel { name: String::new(), row: None };
        }
    }

    /// Names that need a row.
    pub fn lacking(&self) -> Vec<String> {
        if self.lacking == 0 {
            return Vec::new();
        }
        self.numbered().filter(|(_, channel)| channel.row.is_none()).map(|(_, channel)| channel.name.clone()).collect()
    }

    pub fn of(&self, no: ChannelNo) -> Option<&Channel> {
        self.all.get(no.index())
    }

    pub fn named(&self, name: &str) -> Option<&Channel> {
        self.of(self.get(name)?)
    }

    pub fn row(&self, id: TaskChannelId) -> Option<&TaskChannel> {
        self.rows().find(|row| row.id == id)
    }

    /// By number.
    pub fn rows(&self) -> impl Iterator<Item = &TaskChannel> {
        self.all.iter().filter_map(|channel| channel.row.as_ref())
    }

    pub fn numbered(&self) -> impl Iterator<Item = (ChannelNo, &Channel)> {
        let all = self.all.iter().enumerate().filter(|(_, channel)| !channel.name.is_empty());
        all.map(|(no, channel)| (ChannelNo(no as u32), channel))
    }
}
