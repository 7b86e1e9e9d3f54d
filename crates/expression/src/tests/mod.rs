mod limits;
mod needs;
mod order_by;
mod random;
mod reach;
mod syntax;
mod vectors;
