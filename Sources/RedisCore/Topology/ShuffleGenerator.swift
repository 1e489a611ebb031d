/// Random numbers to choose nodes by (SplitMix64, from a random seed). Nobody gains by guessing them.
///
/// Not the system's own generator: that is a value without any bytes, and the thread sanitizer stumbles over where such a one
/// is (Swift 6.3).
struct ShuffleGenerator: RandomNumberGenerator {
    private var state = UInt64.random(in: .min ... .max)

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
