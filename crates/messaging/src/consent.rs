//! Whether we may write to somebody at all: the one place that is asked, whoever writes first.

use model::{Address, Capabilities};

use crate::Refused;

/// Whether a message of ours may go to this address over a channel that can this. Our own stream reaches only who has the chat open.
pub fn may_write_to(address: &Address, can: &Capabilities) -> Result<(), Refused> {
    if address.opted_out && !can.streamed { Err(Refused::OptedOut) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Ids, Timestamp};

    #[test]
    fn whoever_opted_out_is_not_written_to() {
        let mut ids = Ids::new(Timestamp::from_secs(1), 1);
        let mut address = Address {
            id: ids.next(),
            contact_id: ids.next(),
            channel: "phone".into(),
            scope: String::new(),
            external_id: "+14155550100".into(),
            verified: true,
            opted_out: false,
        };
        let sms = Capabilities::default();
        assert_eq!(may_write_to(&address, &sms), Ok(()));
        address.opted_out = true;
        assert_eq!(may_write_to(&address, &sms), Err(Refused::OptedOut));
        assert_eq!(may_write_to(&address, &Capabilities { streamed: true, ..sms }), Ok(()));
    }
}
