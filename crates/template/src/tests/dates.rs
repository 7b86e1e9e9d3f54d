use super::check;

#[test]
fn formats() {
    check(&[
        ("{{'now' | date: '%Y-%m-%d %H:%M:%S.%L'}}", "2024-02-29 23:05:06.789"),
        ("{{'today' | date: '%A %-d %B %y, %l %p'}}", "Thursday 29 February 24, 11 PM"),
        ("{{1709247906 | date: '%H:%M'}} {{'1709247906' | date: '%s'}}", "23:05 1709247906"),
        ("{{'2024-03-01' | date: '%d/%m/%Y'}} {{'2024-03-01T10:00:00+02:00' | date: '%H:%M %z'}}", "01/03/2024 10:00 +0200"),
        ("{{'Fri, 01 Mar 2024 10:00:00 +0000' | date: '%a %H'}}", "Fri 10"),
        ("{{'2024-03-01 10:20' | date: '%H.%M'}} {{'March 1, 2024' | date: '%F'}}", "10.20 2024-03-01"),
        ("{{'soon' | date: '%Y'}} {{missing | date: '%Y'}}{{'now' | date}}", "soon now"),
        ("{{'now' | date: '%J %'}}", "%J %"),
    ]);
}

#[test]
fn zones() {
    check(&[
        ("{{'now' | timezone: 'America/New_York' | date: '%H:%M %z'}}", "18:05 -0500"),
        ("{{'now' | timezone: 'Asia/Kolkata'}}", "2024-03-01T04:35:06+05:30"),
        ("{{1720000000 | timezone: 'Europe/Berlin' | date: '%H:%M'}}", "11:46"),
        ("{{'now' | timezone: 'Nowhere/Here' | date: '%H'}}", "! unknown time zone at line 1"),
        ("{{missing | timezone: 'UTC'}}", ""),
    ]);
}
