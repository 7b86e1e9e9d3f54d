mod bench;
mod configuration;
mod handing_on;
mod loading;
mod many;
mod model;
mod offers;
mod people;
mod random;
mod workflow;

use bench::check;
