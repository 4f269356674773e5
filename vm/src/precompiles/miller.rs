//! The steps of Miller's loop: multiples of a point of G2, and the lines through them, on curves y^2 = x^3 + b over a
//! quadratic extension.
//!
//! Points are homogeneous, (x / z, y / z): Costello, Lange and Naehrig's "Faster pairing computations on curves with
//! high-degree twists" (2010), without its divisions by two. Nothing here knows infinity, nor sums of a point and itself or
//! its negative: such a step leaves a `z` of zero, and so does every step after it. For points of the subgroup no step is such
//! a one, and for others the loop tells them by its last multiple, so that they need no check of their own.

use std::ops::{Add, Mul, Neg, Sub};

/// An element of the quadratic extension.
pub(super) trait Element:
    Copy + PartialEq + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Neg<Output = Self>
{
    fn square(self) -> Self;
    fn double(self) -> Self;
    fn triple(self) -> Self;
    fn quadruple(self) -> Self;
    /// The product with 3 b.
    fn times_three_b(self) -> Self;
    fn is_zero(self) -> bool;
}

/// The line `a * y + b * x + c`, up to a factor of the extension, which the final exponentiation makes one.
pub(super) struct Line<E> {
    pub(super) a: E,
    pub(super) b: E,
    pub(super) c: E,
}

/// A multiple of a point.
pub(super) struct Multiple<E> {
    x: E,
    y: E,
    z: E,
}

impl<E: Element> Multiple<E> {
    pub(super) fn new((x, y): (E, E), one: E) -> Self {
        Self { x, y, z: one }
    }

    /// Doubles the point; returns the tangent.
    pub(super) fn double(&mut self) -> Line<E> {
        let (x_square, y_square, z_square) = (self.x.square(), self.y.square(), self.z.square());
        let two_x_y = (self.x + self.y).square() - x_square - y_square;
        let two_y_z = (self.y + self.z).square() - y_square - z_square;
        let e = z_square.times_three_b();
        let three_e = e.triple();
        self.x = two_x_y * (y_square - three_e);
        self.y = (y_square + three_e).square() - e.square().triple().quadruple();
        self.z = y_square.quadruple() * two_y_z;
        Line {
            a: -two_y_z,
            b: x_square.triple(),
            c: e - y_square,
        }
    }

    /// Adds a point; returns the line through both.
    pub(super) fn add(&mut self, (x, y): (E, E)) -> Line<E> {
        let over_y = self.y - y * self.z;
        let over_x = self.x - x * self.z;
        let square = over_x.square();
        let cube = over_x * square;
        let middle = self.x * square;
        let sum = cube + self.z * over_y.square() - middle.double();
        self.x = over_x * sum;
        self.y = over_y * (middle - sum) - cube * self.y;
        self.z = self.z * cube;
        Line {
            a: over_x,
            b: -over_y,
            c: over_y * x - over_x * y,
        }
    }

    /// Whether every step was one that the formulas are made for, and the multiple is this point.
    pub(super) fn is(&self, (x, y): (E, E)) -> bool {
        !self.z.is_zero() && self.x == x * self.z && self.y == y * self.z
    }
}
