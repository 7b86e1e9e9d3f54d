//! Phone numbers in one spelling: E.164.

use phonenumber::Mode;

/// `+` and digits in E.164, or `None` when it is no possible number. National spellings need `country` (ISO 3166, e.g. `DE`).
pub fn e164(text: &str, country: Option<&str>) -> Option<String> {
    let country = country.and_then(|code| code.parse().ok());
    let number = phonenumber::parse(country, text.trim()).ok()?;
    phonenumber::is_viable(text.trim()).then(|| number.format().mode(Mode::E164).to_string())
}

/// Whether a text is `+` and 7 to 15 digits: E.164 already, as carriers write it.
pub fn is_e164(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{e164, is_e164};

    #[test]
    fn what_carriers_write_is_known_at_sight() {
        assert!(is_e164("+493023125014"));
        for other in ["493023125014", "+0493023125", "+49 30 23125", "+4930", "+4930231250141234", "", "+"] {
            assert!(!is_e164(other), "{other}");
        }
    }

    #[test]
    fn one_spelling_for_one_number() {
        assert_eq!(e164("+49 30 23125-014", None).as_deref(), Some("+493023125014"));
        assert_eq!(e164("0171 3920041", Some("DE")).as_deref(), Some("+491713920041"));
        assert_eq!(e164("010-1234-5678", Some("KR")).as_deref(), Some("+821012345678"));
        assert_eq!(e164("hello", Some("DE")), None);
        assert_eq!(e164("0171 3920041", None), None);
    }
}
