mod limits;
mod order_by;
mod random;
mod reach;
mod syntax;
mod vectors;
