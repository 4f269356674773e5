//! Points, and sums of their multiples.

use super::scalar::Digits;
use super::{Curve, Field};

/// A point that is not infinity.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Affine<F> {
    pub(crate) x: F,
    pub(crate) y: F,
}

/// A point that is not infinity, in Jacobian coordinates: x / z^2 and y / z^3.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Point<C: Curve> {
    pub(crate) x: C::Field,
    pub(crate) y: C::Field,
    pub(crate) z: C::Field,
}

/// A multiple of a point, ready to be added.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Multiple<F> {
    x: F,
    /// y, and that of the opposite point.
    y: [F; 2],
}

impl<F: Field> Multiple<F> {
    /// Under the map that multiplies x.
    pub(crate) fn times(self, factor: F) -> Self {
        let x = self.x * factor;
        Self { x, ..self }
    }
}

impl<F: Field> From<Affine<F>> for Multiple<F> {
    fn from(Affine { x, y }: Affine<F>) -> Self {
        Self { x, y: [y, -y] }
    }
}

impl<C: Curve> From<Affine<C::Field>> for Point<C> {
    fn from(Affine { x, y }: Affine<C::Field>) -> Self {
        let z = C::Field::ONE;
        Self { x, y, z }
    }
}

impl<C: Curve> Point<C> {
    pub(crate) fn affine(&self) -> Affine<C::Field> {
        let inverse = self.z.inverse();
        let square = inverse.square();
        Affine {
            x: self.x * square,
            y: self.y * square * inverse,
        }
    }

    /// Doubles the point; z becomes half of what it does by the usual formula. The order is odd: no point is its own opposite.
    #[inline]
    fn double(&mut self) {
        let slope = C::half_slope(self.x, self.z);
        let y_2 = self.y.square();
        let product = self.x * y_2;
        self.z = self.y * self.z;
        self.x = slope.square().minus([product; 2]);
        let first = slope.wide_product(product - self.x);
        self.y = C::Field::difference(first, y_2.wide_square());
    }

    /// Adds a point, and returns what z was multiplied by; does nothing and returns `None` if both have the same x. The other
    /// point's coordinates are for a z of one where this point's z is the one that is given, which may be on another curve.
    #[inline(always)]
    fn add(&mut self, z: C::Field, x: C::Field, y: C::Field) -> Option<C::Field> {
        let z_2 = z.square();
        let distance = x * z_2 - self.x;
        if distance.is_zero() {
            return None;
        }
        let rise = y * (z_2 * z) - self.y;
        let square = distance.square();
        let cube = square * distance;
        let product = self.x * square;
        let subtracted = self.y.wide_product(cube);
        self.z = self.z * distance;
        self.x = rise.square().minus([cube, product, product]);
        self.y = C::Field::difference(rise.wide_product(product - self.x), subtracted);
        Some(distance)
    }
}

/// A sum of points, on a curve of which another one is an image.
pub(crate) struct Sum<C: Curve> {
    /// Anything if the sum is infinity.
    point: Point<C>,
    is_infinity: bool,
    /// How the coordinates of the other curve become those of this one: x times the square of this, y times the cube.
    scale: C::Field,
}

impl<C: Curve> Sum<C> {
    /// Of no points; the scale is one if there is one curve only.
    pub(crate) fn new(scale: C::Field) -> Self {
        let [x, y, z] = [C::Field::ONE; 3];
        Self {
            point: Point { x, y, z },
            is_infinity: true,
            scale,
        }
    }

    #[inline]
    pub(crate) fn double(&mut self) {
        if !self.is_infinity {
            self.point.double();
        }
    }

    /// Adds a point of this curve.
    #[inline(never)]
    pub(crate) fn add(&mut self, x: &C::Field, y: &C::Field) {
        if self.is_infinity || self.point.add(self.point.z, *x, *y).is_none() {
            self.add_otherwise(*x, *y);
        }
    }

    /// Adds a point of the other curve.
    #[inline(never)]
    pub(crate) fn add_scaled(&mut self, x: &C::Field, y: &C::Field) {
        let z = self.point.z * self.scale;
        if self.is_infinity || self.point.add(z, *x, *y).is_none() {
            let square = self.scale.square();
            self.add_otherwise(*x * square, *y * (square * self.scale));
        }
    }

    /// Adds to infinity, or to a point that has the same x: that is the same point, or its opposite.
    #[cold]
    fn add_otherwise(&mut self, x: C::Field, y: C::Field) {
        if self.is_infinity {
            (self.point, self.is_infinity) = (Affine { x, y }.into(), false);
            return;
        }
        let cube = self.point.z.square() * self.point.z;
        if (y * cube - self.point.y).is_zero() {
            self.point.double();
        } else {
            self.is_infinity = true;
        }
    }

    /// Doubles the sum for each digit, from the highest to the lowest one, and adds the multiples that digits select, of points
    /// of this curve and of points of the other one: all products of scalars by one series of doublings (Shamir's trick).
    pub(crate) fn add_products<const DIGITS: usize>(
        &mut self,
        products: &[Product<'_, DIGITS, C::Field>],
        scaled: &[Product<'_, DIGITS, C::Field>],
    ) {
        for position in (0..DIGITS).rev() {
            self.double();
            for (digits, multiples) in products {
                if let Some((x, y)) = selected(multiples, digits[position]) {
                    self.add(x, y);
                }
            }
            for (digits, multiples) in scaled {
                if let Some((x, y)) = selected(multiples, digits[position]) {
                    self.add_scaled(x, y);
                }
            }
        }
    }

    /// The point of the other curve; `None` if it is infinity.
    pub(crate) fn finish(self) -> Option<Point<C>> {
        let z = self.point.z * self.scale;
        (!self.is_infinity).then_some(Point { z, ..self.point })
    }
}

/// The digits of a scalar, and the odd multiples of a point.
pub(crate) type Product<'a, const DIGITS: usize, F> = (Digits<DIGITS>, &'a [Multiple<F>]);

#[inline]
fn selected<F>(multiples: &[Multiple<F>], digit: i16) -> Option<(&F, &F)> {
    if digit == 0 {
        return None;
    }
    let Multiple { x, y } = multiples.get(usize::from(digit.unsigned_abs() / 2))?;
    Some((x, &y[usize::from(digit < 0)]))
}

/// Odd multiples of a point: where a is zero on the curve on which the z of the last one is one, so that there is nothing to
/// divide by.
pub(crate) struct Multiples<F, const COUNT: usize> {
    pub(crate) points: [Multiple<F>; COUNT],
    /// How the coordinates of the point's own curve become those of this one, as for a [`Sum`].
    pub(crate) scale: F,
}

impl<F: Field, const COUNT: usize> Multiples<F, COUNT> {
    pub(crate) fn new<C: Curve<Field = F>>(point: Affine<F>) -> Self {
        let mut double = Point::<C>::from(point);
        double.double();
        let (Point { x, y, z }, square) = (double, double.z.square());
        // Where the double's z is one, the point has these coordinates.
        let mut sum = Point::<C>::from(Affine {
            x: point.x * square,
            y: point.y * (square * z),
        });
        let mut sums = [(sum, F::ONE); COUNT];
        for next in sums.iter_mut().skip(1) {
            // No such multiple has the x of the double: the order is a prime of hundreds of bits.
            if let Some(factor) = sum.add(sum.z, x, y) {
                *next = (sum, factor);
            }
        }
        let scale = sum.z * z;
        let (scale, mut factor) = if C::IS_A_ZERO {
            (scale, F::ONE)
        } else {
            (F::ONE, scale.inverse())
        };
        // Each z is that of the sum before times its factor. Now to what makes each the last one; or one.
        for (_, of_next) in sums.iter_mut().rev() {
            (*of_next, factor) = (factor, factor * *of_next);
        }
        let points = sums.map(|(sum, factor)| {
            let square = factor.square();
            let (x, y) = (sum.x * square, sum.y * (square * factor));
            Multiple::from(Affine { x, y })
        });
        Self { points, scale }
    }
}

/// So many odd multiples of a point, which are kept.
pub(crate) fn odd_multiples<C: Curve>(
    point: Affine<C::Field>,
    count: usize,
) -> Vec<Multiple<C::Field>> {
    let mut sum = Point::<C>::from(point);
    sum.double();
    let double = sum.affine();
    sum = Point::from(point);
    let next = |_| {
        let multiple = Multiple::from(sum.affine());
        sum.add(sum.z, double.x, double.y);
        multiple
    };
    (0..count).map(next).collect()
}
