mod bench;
mod limits;
mod loading;
mod many;
mod random;
mod slow_commands;
mod slow_model;
mod stories;
