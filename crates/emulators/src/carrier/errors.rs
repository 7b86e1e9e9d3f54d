//! What the carrier says for each of its error numbers.

/// The text for an error number.
pub fn text(code: u32) -> &'static str {
    match code {
        20003 => "Authenticate",
        20404 => "The requested resource was not found",
        20429 => "Too Many Requests",
        21211 => "Invalid 'To' Phone Number",
        21212 => "Invalid 'From' Phone Number",
        21408 => "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
        21602 => "Message body is required",
        21603 => "A 'From' phone number is required",
        21604 => "A 'To' phone number is required",
        21606 => "The 'From' phone number is not a valid, message-capable number of this account",
        21608 => "The 'To' number is unverified and this is a trial account",
        21610 => "Attempt to send to unsubscribed recipient",
        21611 => "This 'From' number has exceeded the maximum number of queued messages",
        21612 => "Message cannot be sent with the current combination of 'To' and 'From' parameters",
        21614 => "'To' number is not a valid mobile number",
        21617 => "The concatenated message body exceeds the 1600 character limit",
        21620 => "Invalid media URL(s)",
        21623 => "Number of media files exceeds allowed limit",
        21703 => "The Messaging Service does not have a phone number available to send a message",
        30001 => "Queue overflow",
        30002 => "Account suspended",
        30003 => "Unreachable destination handset",
        30004 => "Message blocked",
        30005 => "Unknown destination handset",
        30006 => "Landline or unreachable carrier",
        30007 => "Message filtered",
        30008 => "Unknown error",
        30010 => "Message price exceeds max price",
        30011 => "MMS not supported by the receiving phone number in this region",
        30019 => "Content size exceeds carrier limit",
        30022 => "Messaging rate of this campaign exceeded",
        30023 => "Daily message cap reached",
        30034 => "Message from an unregistered number",
        30410 => "Provider timeout",
        _ => "Error",
    }
}

/// The HTTP status that goes with an error number in an answer of the API.
pub fn status(code: u32) -> u16 {
    match code {
        20003 => 401,
        20404 => 404,
        20429 | 21611 => 429,
        21408 => 403,
        code if (500..600).contains(&code) => code as u16,
        _ => 400,
    }
}

/// True for errors that end in "failed" (never left us) rather than "undelivered" (never arrived).
pub fn never_left(code: u32) -> bool {
    matches!(code, 30001 | 30002 | 30010 | 30019 | 30022 | 30023 | 30410)
}
