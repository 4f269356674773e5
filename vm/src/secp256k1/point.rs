//! Points of secp256k1, y^2 = x^3 + 7, and sums of their multiples.

use std::sync::LazyLock;

use super::field::Element;
use super::scalar::{DIGITS, Halves};

/// Width in bits of the signed digits of the generator's scalar, and of another point's.
const GENERATOR_WINDOW: usize = 10;
const WINDOW: usize = 5;
/// Odd multiples that digits of that width select.
const MULTIPLES: usize = 1 << (WINDOW - 2);

/// SEC 2, section 2.4.1.
const GENERATOR: Affine = Affine {
    x: Element::new([
        0x59f2_815b_16f8_1798,
        0x029b_fcdb_2dce_28d9,
        0x55a0_6295_ce87_0b07,
        0x79be_667e_f9dc_bbac,
    ]),
    y: Element::new([
        0x9c47_d08f_fb10_d4b8,
        0xfd17_b448_a685_5419,
        0x5da4_fbfc_0e11_08a8,
        0x483a_da77_26a3_c465,
    ]),
};

/// A cube root of one: (x * beta, y) is the point (x, y) times the cube root that [`Halves`] are of.
const BETA: Element = Element::new([
    0xc139_6c28_7195_01ee,
    0x9cf0_4975_12f5_8995,
    0x6e64_479e_ac34_34e9,
    0x7ae9_6a2b_657c_0710,
]);

static GENERATOR_MULTIPLES: LazyLock<Vec<Multiple>> = LazyLock::new(generator_multiples);

/// A point that is not infinity.
#[derive(Clone, Copy, Debug)]
pub(super) struct Affine {
    pub(super) x: Element,
    pub(super) y: Element,
}

/// An odd multiple of a point.
#[derive(Clone, Copy)]
struct Multiple {
    /// x, and x times beta.
    x: [Element; 2],
    /// y, and that of the opposite point.
    y: [Element; 2],
}

impl Multiple {
    fn new(point: Affine) -> Self {
        Self {
            x: [point.x, point.x * BETA],
            y: [point.y, -point.y],
        }
    }
}

/// A point that is not infinity, in Jacobian coordinates: x / z^2 and y / z^3.
#[derive(Clone, Copy, Debug)]
struct Point {
    x: Element,
    y: Element,
    z: Element,
}

impl From<Affine> for Point {
    fn from(point: Affine) -> Self {
        Self {
            x: point.x,
            y: point.y,
            z: Element::ONE,
        }
    }
}

impl Point {
    fn affine(&self) -> Affine {
        let inverse = self.z.inverse();
        let square = inverse.square();
        Affine {
            x: self.x * square,
            y: self.y * square * inverse,
        }
    }

    /// Doubles the point; z becomes half of what it does by the usual formula. No point of this curve is its own opposite.
    #[inline]
    fn double(&mut self) {
        let square = self.x.square();
        let slope = square + square.half();
        let y_2 = self.y.square();
        let product = self.x * y_2;
        self.z = self.y * self.z;
        self.x = slope.square().minus([product; 2]);
        self.y = (slope.wide_product(product - self.x) - y_2.wide_square()).reduced();
    }

    /// Adds a point, and returns by how much z has become more; does nothing and returns `None` if both have the same x. The
    /// other point's coordinates are those for a z of one if this point's is `z`, whatever it is otherwise.
    #[inline(always)]
    fn add(&mut self, z: Element, x: &Element, y: &Element) -> Option<Element> {
        let z_2 = z.square();
        let distance = *x * z_2 - self.x;
        if distance.is_zero() {
            return None;
        }
        let rise = *y * (z_2 * z) - self.y;
        let square = distance.square();
        let cube = square * distance;
        let product = self.x * square;
        let y_cube = self.y.wide_product(cube);
        self.z = self.z * distance;
        self.x = rise.square().minus([cube, product, product]);
        self.y = (rise.wide_product(product - self.x) - y_cube).reduced();
        Some(distance)
    }
}

/// A sum of points, on a curve of which that of the generator is an image.
struct Sum {
    point: Point,
    is_infinity: bool,
    /// How the coordinates of the other curve become those of this one: x times the square of this, y times the cube.
    scale: Element,
}

impl Sum {
    #[inline]
    fn double(&mut self) {
        if !self.is_infinity {
            self.point.double();
        }
    }

    /// Adds a point of this curve.
    #[inline(never)]
    fn add(&mut self, x: &Element, y: &Element) {
        if self.is_infinity || self.point.add(self.point.z, x, y).is_none() {
            self.add_otherwise(x, y);
        }
    }

    /// Adds a point of the other curve.
    #[inline(never)]
    fn add_scaled(&mut self, x: &Element, y: &Element) {
        let z = self.point.z * self.scale;
        if self.is_infinity || self.point.add(z, x, y).is_none() {
            let square = self.scale.square();
            self.add_otherwise(&(*x * square), &(*y * (square * self.scale)));
        }
    }

    /// Adds to infinity, or to a point that has the same x: that is the same point, or its opposite.
    #[cold]
    fn add_otherwise(&mut self, x: &Element, y: &Element) {
        if self.is_infinity {
            (self.point, self.is_infinity) = (Affine { x: *x, y: *y }.into(), false);
            return;
        }
        let cube = self.point.z.square() * self.point.z;
        if (*y * cube - self.point.y).is_zero() {
            self.point.double();
        } else {
            self.is_infinity = true;
        }
    }

    /// The point of the other curve.
    fn finish(self) -> Option<Affine> {
        let z = self.point.z * self.scale;
        (!self.is_infinity).then(|| Point { z, ..self.point }.affine())
    }
}

/// A multiple of the generator plus a multiple of a point; `None` if it is infinity. After Gallant, Lambert and Vanstone
/// ("Faster point multiplication on elliptic curves with efficient endomorphisms", 2001), and with one doubling for all
/// products (Shamir's trick).
pub(super) fn sum_of_products(
    of_generator: &Halves,
    point: Affine,
    scalar: &Halves,
) -> Option<Affine> {
    let (multiples, scale) = multiples(point);
    let mut sum = Sum {
        point: point.into(),
        is_infinity: true,
        scale,
    };
    let digits = scalar.digits(WINDOW);
    let of_generator = of_generator.digits(GENERATOR_WINDOW);
    let generator_multiples = &**GENERATOR_MULTIPLES;
    for position in (0..DIGITS).rev() {
        sum.double();
        for (half, digits) in digits.iter().enumerate() {
            if let Some((x, y)) = selected(&multiples, half, digits[position]) {
                sum.add(x, y);
            }
        }
        for (half, digits) in of_generator.iter().enumerate() {
            if let Some((x, y)) = selected(generator_multiples, half, digits[position]) {
                sum.add_scaled(x, y);
            }
        }
    }
    sum.finish()
}

/// The multiple that a digit selects, for the first or the second half of a scalar.
#[inline]
fn selected(multiples: &[Multiple], half: usize, digit: i16) -> Option<(&Element, &Element)> {
    if digit == 0 {
        return None;
    }
    let Multiple { x, y } = multiples.get(usize::from(digit.unsigned_abs() / 2))?;
    Some((&x[half], &y[usize::from(digit < 0)]))
}

/// The odd multiples of a point, all with the z of the last one, which is returned, too: as if it was one, so that there is
/// nothing to divide by.
fn multiples(point: Affine) -> ([Multiple; MULTIPLES], Element) {
    let mut double = Point::from(point);
    double.double();
    let (Point { x, y, z }, square) = (double, double.z.square());
    // Where the double's z is one, the point has these coordinates.
    let mut sum = Point::from(Affine {
        x: point.x * square,
        y: point.y * (square * z),
    });
    let mut sums = [(sum, Element::ONE); MULTIPLES];
    for next in &mut sums[1..] {
        // The multiples of a point differ from its double, and from the opposite of that, in x: their order is a prime.
        if let Some(factor) = sum.add(sum.z, &x, &y) {
            *next = (sum, factor);
        }
    }
    let scale = sum.z * z;
    // From by how much a z is that of the one before to by how much it is less than the last one.
    let mut factor = Element::ONE;
    for (_, of_next) in sums.iter_mut().rev() {
        (*of_next, factor) = (factor, factor * *of_next);
    }
    let multiples = sums.map(|(sum, factor)| {
        let square = factor.square();
        Multiple::new(Affine {
            x: sum.x * square,
            y: sum.y * (square * factor),
        })
    });
    (multiples, scale)
}

fn generator_multiples() -> Vec<Multiple> {
    let mut sum = Point::from(GENERATOR);
    sum.double();
    let double = sum.affine();
    sum = Point::from(GENERATOR);
    let next = |_| {
        let multiple = Multiple::new(sum.affine());
        sum.add(sum.z, &double.x, &double.y);
        multiple
    };
    (0..1 << (GENERATOR_WINDOW - 2)).map(next).collect()
}
