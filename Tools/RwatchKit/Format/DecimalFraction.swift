/// Numbers with a fraction, in decimal digits and without an exponent, for reports.
package enum DecimalFraction {
    /// `12.3`, with that many decimals. What is no number, or too great, becomes the nearest number that can be
    /// written.
    package static func text(_ value: Double, decimals: Int) -> String {
        var scale = 1
        for _ in 0..<decimals { scale *= 10 }
        let scaled = (value.isNaN ? 0 : value * Double(scale)).rounded()
        let number = Int(min(max(scaled, -9e15), 9e15))
        guard decimals > 0 else { return "\(number)" }
        let (whole, fraction) = number.magnitude.quotientAndRemainder(dividingBy: UInt(scale))
        let digits = String(fraction)
        return (number < 0 ? "-" : "") + "\(whole)."
            + String(repeating: "0", count: max(decimals - digits.utf8.count, 0)) + digits
    }
}
