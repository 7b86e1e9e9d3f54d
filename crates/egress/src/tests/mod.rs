mod addresses;
mod limits;
mod outcomes;
mod redirects;
mod world;
