//! What must hold on every channel that can do it.

mod arriving;
mod astray;
mod changing;
mod choosing;
mod failing;
mod hostile;
mod leaving;
mod mistakes;
mod receipts;
mod renewing;
mod revising;
mod showing;
mod stopping;

use crate::stage::Story;

pub const ALL: &[(&str, Story)] = &[
    ("first message", arriving::first_message),
    ("picture in", arriving::picture),
    ("sound in", arriving::sound),
    ("film in", arriving::film),
    ("file in", arriving::file),
    ("picture out", leaving::picture),
    ("sound out", leaving::sound),
    ("film out", leaving::film),
    ("file out", leaving::file),
    ("duplicate", arriving::duplicate),
    ("50 duplicates at once", arriving::fifty_duplicates),
    ("out of order", arriving::out_of_order),
    ("7 days late", arriving::late),
    ("late and mixed", astray::late_and_mixed),
    ("lost, told again", astray::told_again),
    ("lost for good", astray::lost_for_good),
    ("quote in", arriving::quote),
    ("quote out", leaving::quote),
    ("edit", changing::edit),
    ("taken back", changing::unsend),
    ("reaction added and removed", changing::reaction),
    ("reaction of ours", changing::our_reaction),
    ("own words changed", revising::edit),
    ("own words taken back", revising::unsend),
    ("changed before it left", revising::before_it_left),
    ("killed while changing", revising::killed),
    ("changed in line", revising::in_line),
    ("sticker", arriving::sticker),
    ("location", arriving::location),
    ("contact card", arriving::contact),
    ("button of a menu", choosing::started),
    ("choice by tap", choosing::by_tap),
    ("choice by words", choosing::by_words),
    ("choice by number", choosing::by_number),
    ("offered by hand, tapped", choosing::by_hand_tapped),
    ("offered by hand, by number", choosing::by_hand_numbered),
    ("twenty offered by hand", choosing::by_hand_many),
    ("cards", showing::in_full),
    ("place and person out", showing::place_and_person),
    ("card by tap", showing::by_tap),
    ("card by words", showing::by_words),
    ("card by number", showing::by_number),
    ("receipts in order", receipts::in_order),
    ("receipt before its message", receipts::before),
    ("receipt after failure", receipts::after_failure),
    ("we type", leaving::typing),
    ("customer types", arriving::typing),
    ("we have read", leaving::read),
    ("echo of ours", receipts::echo_of_ours),
    ("staff in the provider's app", receipts::echo_of_staff),
    ("customer blocks us", stopping::blocked),
    ("opt-out and back", stopping::opt_out),
    ("window closes while typing", failing::window),
    ("template outside the window", failing::template),
    ("token expired mid-send", failing::token),
    ("token renewed", renewing::renewed),
    ("429 with a pause", failing::slow_down),
    ("429 without one", failing::slow_down_untold),
    ("5xx, then fine", failing::server_error),
    ("cut before the request", failing::cut_before),
    ("cut after the request", failing::cut_after),
    ("unknown fate, a person decides", failing::person_decides),
    ("10,000 characters", leaving::long),
    ("families at a cut", leaving::families),
    ("right to left", arriving::right_to_left),
    ("hostile name", hostile::name),
    ("hostile file name", hostile::file_name),
    ("file too big", hostile::too_big),
    ("lying type", hostile::lying_type),
    ("file gone", hostile::file_gone),
    ("provider slow by 60 s", failing::slow),
    ("killed before the answer", failing::killed),
    ("two agents in order", leaving::two_agents),
    ("unknown event", hostile::unknown_event),
    ("wrong signature", hostile::wrong_signature),
    ("account switched off", hostile::switched_off),
    ("doctor: wrong secret", mistakes::secret),
    ("doctor: missing scope", mistakes::scope),
    ("doctor: no subscription", mistakes::subscription),
    ("doctor: wrong address", mistakes::address),
    ("doctor: wrong token", mistakes::token),
    ("doctor: out of reach", mistakes::reach),
    ("doctor: wrong id", mistakes::id),
    ("doctor: token ends", renewing::ends),
];
