//! Phone numbers in one spelling: E.164, and of a person's the one form where a country has two.

use phonenumber::Mode;

/// `+` and digits in E.164, or `None` when it is no possible number. National spellings need `country` (ISO 3166, e.g. `DE`), and a number
/// that exists there: any digits would be one otherwise.
pub fn e164(text: &str, country: Option<&str>) -> Option<String> {
    let (text, country) = (text.trim(), country.and_then(|code| code.parse().ok()));
    let number = phonenumber::parse(country, text).ok()?;
    let fits = phonenumber::is_viable(text) && (text.starts_with('+') || number.is_valid());
    fits.then(|| number.format().mode(Mode::E164).to_string())
}

/// Whether a text is `+` and 7 to 15 digits: E.164 already, as carriers write it.
pub fn is_e164(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Whether this is a country (ISO 3166, e.g. `DE`) whose way of writing numbers is known.
pub fn is_country(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()) && code.parse::<phonenumber::country::Id>().is_ok()
}

/// A person's number as it is kept, or `None` when it is no possible number. `country` (ISO 3166) is where one without a country code is.
pub fn of_person(text: &str, country: Option<&str>) -> Option<String> {
    e164(text, country).map(|number| one_form(&number))
}

/// The one form of a number in E.164 where a country has two for the same line [U]. Chat apps know many people by the one from before a
/// reform: in Mexico with a 1 behind the country code, as mobiles were dialled until 2019; in Brazil without the 9 that leads mobile numbers
/// since 2012, where those of eight digits began with 6 to 9. What we send from is never changed: a provider knows its numbers in its own form.
pub fn one_form(number: &str) -> String {
    let digits = number.strip_prefix('+').unwrap_or_default();
    match (digits.get(..2), digits.get(2..)) {
        (Some("52"), Some(rest)) if rest.len() == 11 && rest.starts_with('1') => format!("+52{}", &rest[1..]),
        (Some("55"), Some(rest)) if rest.len() == 10 && matches!(rest.as_bytes()[2], b'6'..=b'9') => {
            format!("+55{}9{}", &rest[..2], &rest[2..])
        }
        _ => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{e164, is_country, is_e164, of_person, one_form};

    #[test]
    fn a_line_with_two_forms_has_one_here() {
        let forms = [
            ("+5215512345678", "+525512345678"),
            ("+525512345678", "+525512345678"),
            ("+553188887777", "+5531988887777"),
            ("+5531988887777", "+5531988887777"),
            ("+551161234567", "+5511961234567"),
            // A line in a house has eight digits, which begin with 2 to 5.
            ("+551133334444", "+551133334444"),
            ("+5491123456789", "+5491123456789"),
            ("+491713920041", "+491713920041"),
            ("+52155123456", "+52155123456"),
            ("U1", "U1"),
            ("", ""),
            ("+5ü", "+5ü"),
            ("+52ü234567890", "+52ü234567890"),
            ("+5511ü2345678", "+5511ü2345678"),
        ];
        for (given, kept) in forms {
            assert_eq!(one_form(given), kept, "{given}");
            assert_eq!(one_form(kept), kept, "twice is as once: {kept}");
        }
        assert_eq!(of_person("+52 1 55 1234 5678", None).as_deref(), Some("+525512345678"));
        assert_eq!(of_person("(31) 98888-7777", Some("BR")).as_deref(), Some("+5531988887777"));
        assert_eq!(of_person("0171 3920041", Some("DE")).as_deref(), Some("+491713920041"));
        assert_eq!(of_person("+44 20 7946 0018", Some("DE")).as_deref(), Some("+442079460018"), "a country code says more");
        assert_eq!(of_person("0171 3920041", None), None);
        for no_number in ["12", "0171", "1042", "99"] {
            assert_eq!(of_person(no_number, Some("DE")), None, "{no_number}");
        }
    }

    #[test]
    fn a_country_has_two_capitals() {
        assert!(["DE", "KR", "MX", "BR", "US", "GB"].iter().all(|code| is_country(code)));
        assert!(["", "de", "D", "DEU", "QQ", "+4", "Ü"].iter().all(|code| !is_country(code)));
    }

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
