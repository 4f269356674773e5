//! The prices of the BLS12-381 contracts (EIP-2537, "Gas schedule").

pub(super) const G1_ADD: u64 = 375;
pub(super) const G2_ADD: u64 = 600;
pub(super) const MAP_FP_TO_G1: u64 = 5_500;
pub(super) const MAP_FP2_TO_G2: u64 = 23_800;

const G1_MULTIPLICATION: u64 = 12_000;
const G2_MULTIPLICATION: u64 = 22_500;
/// The unit of the discounts.
const DISCOUNT_UNIT: u64 = 1_000;

/// The price of a multiplication within a sum of 1 to 128 terms, in thousandths; more terms cost as 128 do.
static G1_DISCOUNTS: [u16; 128] = [
    1000, 949, 848, 797, 764, 750, 738, 728, 719, 712, 705, 698, 692, 687, 682, 677, 673, 669, 665,
    661, 658, 654, 651, 648, 645, 642, 640, 637, 635, 632, 630, 627, 625, 623, 621, 619, 617, 615,
    613, 611, 609, 608, 606, 604, 603, 601, 599, 598, 596, 595, 593, 592, 591, 589, 588, 586, 585,
    584, 582, 581, 580, 579, 577, 576, 575, 574, 573, 572, 570, 569, 568, 567, 566, 565, 564, 563,
    562, 561, 560, 559, 558, 557, 556, 555, 554, 553, 552, 551, 550, 549, 548, 547, 547, 546, 545,
    544, 543, 542, 541, 540, 540, 539, 538, 537, 536, 536, 535, 534, 533, 532, 532, 531, 530, 529,
    528, 528, 527, 526, 525, 525, 524, 523, 522, 522, 521, 520, 520, 519,
];

/// As [`G1_DISCOUNTS`], for G2.
static G2_DISCOUNTS: [u16; 128] = [
    1000, 1000, 923, 884, 855, 832, 812, 796, 782, 770, 759, 749, 740, 732, 724, 717, 711, 704,
    699, 693, 688, 683, 679, 674, 670, 666, 663, 659, 655, 652, 649, 646, 643, 640, 637, 634, 632,
    629, 627, 624, 622, 620, 618, 615, 613, 611, 609, 607, 606, 604, 602, 600, 598, 597, 595, 593,
    592, 590, 589, 587, 586, 584, 583, 582, 580, 579, 578, 576, 575, 574, 573, 571, 570, 569, 568,
    567, 566, 565, 563, 562, 561, 560, 559, 558, 557, 556, 555, 554, 553, 552, 552, 551, 550, 549,
    548, 547, 546, 545, 545, 544, 543, 542, 541, 541, 540, 539, 538, 537, 537, 536, 535, 535, 534,
    533, 532, 532, 531, 530, 530, 529, 528, 528, 527, 526, 526, 525, 524, 524,
];

/// The price of a sum of `terms` multiples of points of G1.
pub(super) fn g1_msm(terms: usize) -> u64 {
    msm(terms, G1_MULTIPLICATION, &G1_DISCOUNTS)
}

/// The price of a sum of `terms` multiples of points of G2.
pub(super) fn g2_msm(terms: usize) -> u64 {
    msm(terms, G2_MULTIPLICATION, &G2_DISCOUNTS)
}

/// The price of a check of `pairs` pairings.
pub(super) fn pairing(pairs: usize) -> u64 {
    (pairs as u64).saturating_mul(32_600).saturating_add(37_700)
}

fn msm(terms: usize, multiplication: u64, discounts: &[u16; 128]) -> u64 {
    let Some(last) = terms.checked_sub(1) else {
        return 0;
    };
    let discount = discounts[last.min(discounts.len() - 1)];
    // A product that saturates is a price that nobody can pay, and stays one after the division.
    (terms as u64)
        .saturating_mul(multiplication)
        .saturating_mul(u64::from(discount))
        / DISCOUNT_UNIT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discounts() {
        assert_eq!(g1_msm(1), 12_000);
        assert_eq!(g1_msm(2), 2 * 12_000 * 949 / 1_000);
        assert_eq!(g1_msm(128), 128 * 12_000 * 519 / 1_000);
        assert_eq!(g1_msm(129), 129 * 12_000 * 519 / 1_000);
        assert_eq!(g2_msm(1), 22_500);
        assert_eq!(g2_msm(2), 45_000);
        assert_eq!(g2_msm(128), 128 * 22_500 * 524 / 1_000);
        assert_eq!(g2_msm(5_000), 5_000 * 22_500 * 524 / 1_000);
        assert_eq!(pairing(2), 102_900);
        assert!(g1_msm(usize::MAX) > u64::MAX / 2_000);
    }
}
