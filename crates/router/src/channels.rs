use std::collections::BTreeMap;

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

/// The channels that tasks have come by, numbered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Channels {
    names: Vec<String>,
    numbers: BTreeMap<String, ChannelNo>,
}

impl Channels {
    pub fn get(&self, name: &str) -> Option<ChannelNo> {
        self.numbers.get(name).copied()
    }

    /// The number of a new name.
    pub fn add(&mut self, name: &str) -> ChannelNo {
        let no = ChannelNo(self.names.len() as u32);
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), no);
        no
    }

    pub fn name(&self, no: ChannelNo) -> &str {
        self.names.get(no.index()).map_or("", String::as_str)
    }

    pub fn all(&self) -> impl Iterator<Item = (ChannelNo, &str)> {
        self.names.iter().enumerate().map(|(no, name)| (ChannelNo(no as u32), name.as_str()))
    }
}
