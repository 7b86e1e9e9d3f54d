mod limits;
mod order_by;
mod random;
mod syntax;
mod vectors;
