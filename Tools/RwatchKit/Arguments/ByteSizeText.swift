/// Sizes as redis.conf spells them: `32mb`, `512kb`, `1gb` by powers of 1024; `1m`, `1k`, `1g` by powers of 1000; plain
/// numbers are bytes. Upper and lower case are the same.
package enum ByteSizeText {
    /// Reads a size.
    package static func parse(_ text: String) throws(ByteSizeTextError) -> Int {
        let digits = text.utf8.prefix { $0 &- UInt8(ascii: "0") < 10 }
        guard !digits.isEmpty else { throw .notASize(text) }
        guard let factor = factor(String(text.dropFirst(digits.count)).lowercased()) else { throw .unknownUnit(text) }
        guard let number = Int(String(text.prefix(digits.count))) else { throw .outOfRange(text) }
        let (bytes, isOver) = number.multipliedReportingOverflow(by: factor)
        guard !isOver else { throw .outOfRange(text) }
        return bytes
    }

    private static func factor(_ unit: String) -> Int? {
        switch unit {
        case "", "b": 1
        case "k": 1_000
        case "kb": 1 << 10
        case "m": 1_000_000
        case "mb": 1 << 20
        case "g": 1_000_000_000
        case "gb": 1 << 30
        default: nil
        }
    }
}
