mod bench;
mod channels;
mod configuration;
mod handing_on;
mod loading;
mod many;
mod offers;
mod people;
mod random;
mod slow_commands;
mod slow_model;
mod try_out;
mod waiting;
mod workflow;

use bench::check;
