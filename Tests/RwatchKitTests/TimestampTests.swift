import RwatchKit
import TestSupport
import Testing

@Suite("Timestamps and numbers", .tags(.unit))
struct TimestampTests {
    @Test(
        "microseconds are seconds with six decimals",
        arguments: [
            (0, "0.000000"), (1, "0.000001"), (999_999, "0.999999"), (1_000_000, "1.000000"), (-1, "-0.000001"),
            (-1_500_000, "-1.500000"), (1_795_219_143_045_931, "1795219143.045931"),
            (1_339_518_083_107_412, "1339518083.107412"), (99_999_999_999_999, "99999999.999999"),
            (100_000_000_000_000, "100000000.000000"), (Int64.max, "9223372036854.775807"),
            (Int64.min, "-9223372036854.775808"),
        ] as [(Int64, String)]
    )
    func table(microseconds: Int64, expected: String) {
        #expect(text { $0.append(timestamp: microseconds) } == expected)
    }

    @Test(
        "integers are decimal",
        arguments: [
            0, 1, 9, 10, 99, 9_999, 10_000, 12_345_678, 99_999_999, 100_000_000, 1_000_000_001, 10_000_000_000_000_000,
            Int.max, -1, -10, Int.min,
        ]
    )
    func integers(value: Int) {
        #expect(text { $0.append(integer: value) } == String(value))
    }

    @Test("every number of up to five digits, and every multiple of 9973 of up to eight, is decimal")
    func allSmall() {
        for value in 0..<100_000 { #expect(text { $0.append(integer: value) } == String(value)) }
        for value in stride(from: 0, to: 100_000_000, by: 9_973) {
            #expect(text { $0.append(integer: value) } == String(value))
        }
    }

    @Test("every fraction is padded to six digits")
    func fractions() {
        for fraction in stride(from: 0, to: 1_000_000, by: 7) {
            let expected = "5." + String(String(1_000_000 + fraction).dropFirst())
            #expect(text { $0.append(timestamp: Int64(5_000_000 + fraction)) } == expected)
        }
    }
}
