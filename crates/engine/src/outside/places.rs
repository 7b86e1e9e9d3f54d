//! Who may begin how much outside work: each way has places of its own, and no workspace takes all of a way's.

use std::collections::{BTreeMap, BTreeSet};

/// Outside work that never waits for another way's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// Flows' HTTP requests.
    Flows,
    /// Files, names and reactions at customers' providers.
    Channels,
    /// Workflows' addresses, asked about offers.
    Offers,
    /// Workspaces' addresses, told of events.
    Events,
}

impl Way {
    pub const ALL: [Self; 4] = [Self::Flows, Self::Channels, Self::Offers, Self::Events];

    /// Words of the kinds of jobs, as their rows have them.
    pub const fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::Flows => &["http"],
            Self::Channels => &["media", "profile", "react"],
            Self::Offers => &["assignment"],
            Self::Events => &["routing_event"],
        }
    }

    /// Pieces under way at once.
    const fn places(self) -> usize {
        match self {
            Self::Flows | Self::Channels => 256,
            Self::Offers | Self::Events => 128,
        }
    }

    /// Of those, pieces of one workspace. Callbacks go to one address or a few: no more than the client sends at once, so that none
    /// spends its time waiting there.
    const fn of_one(self) -> usize {
        match self {
            Self::Flows | Self::Channels => 64,
            Self::Offers | Self::Events => 16,
        }
    }
}

/// What is under way.
#[derive(Debug, Default)]
pub(super) struct Places {
    taken: BTreeMap<(Way, i64), usize>,
}

impl Places {
    pub fn enter(&mut self, way: Way, ws: i64) {
        *self.taken.entry((way, ws)).or_default() += 1;
    }

    pub fn leave(&mut self, way: Way, ws: i64) {
        if let Some(taken) = self.taken.get_mut(&(way, ws)) {
            *taken -= 1;
            if *taken == 0 {
                self.taken.remove(&(way, ws));
            }
        }
    }

    /// How many each of those who wait may begin. A place goes to whoever has the fewest.
    pub fn share(&self, way: Way, waiting: &BTreeSet<i64>) -> Vec<(Way, i64, usize)> {
        let of_way = self.taken.range((way, i64::MIN)..=(way, i64::MAX));
        let mut free = way.places().saturating_sub(of_way.map(|(_, taken)| taken).sum());
        let taken = |ws: &i64| self.taken.get(&(way, *ws)).copied().unwrap_or_default();
        let mut least: BTreeSet<(usize, i64)> = waiting.iter().map(|ws| (taken(ws), *ws)).collect();
        let mut shares: BTreeMap<i64, usize> = BTreeMap::new();
        while free > 0
            && let Some((held, ws)) = least.pop_first()
            && held < way.of_one()
        {
            *shares.entry(ws).or_default() += 1;
            least.insert((held + 1, ws));
            free -= 1;
        }
        shares.into_iter().map(|(ws, most)| (way, ws, most)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(places: &Places, way: Way, waiting: &[i64]) -> Vec<(i64, usize)> {
        places.share(way, &waiting.iter().copied().collect()).into_iter().map(|(_, ws, most)| (ws, most)).collect()
    }

    #[test]
    fn nobody_takes_all_and_no_way_takes_anothers() {
        let mut places = Places::default();
        assert_eq!(share(&places, Way::Events, &[1]), [(1, 16)]);
        (0..16).for_each(|_| places.enter(Way::Events, 1));
        assert_eq!(share(&places, Way::Events, &[1]), []);
        assert_eq!(share(&places, Way::Events, &[1, 2]), [(2, 16)], "another workspace has its own");
        assert_eq!(share(&places, Way::Flows, &[1]), [(1, 64)], "and so has another way");
        places.leave(Way::Events, 1);
        assert_eq!(share(&places, Way::Events, &[1]), [(1, 1)]);
    }

    #[test]
    fn when_places_are_few_those_with_the_fewest_go_first() {
        let mut places = Places::default();
        for ws in 1..=7 {
            (0..16).for_each(|_| places.enter(Way::Events, ws));
        }
        (0..12).for_each(|_| places.enter(Way::Events, 8));
        assert_eq!(share(&places, Way::Events, &[8, 9, 10]), [(9, 2), (10, 2)], "four are left of 128");
        for ws in [9, 10] {
            (0..2).for_each(|_| places.enter(Way::Events, ws));
        }
        assert_eq!(share(&places, Way::Events, &[11]), []);
        places.leave(Way::Events, 3);
        assert_eq!(share(&places, Way::Events, &[3, 11]), [(11, 1)], "the next free place is not theirs who had it");
    }
}
