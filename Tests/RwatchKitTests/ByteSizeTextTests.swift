import RwatchKit
import TestSupport
import Testing

@Suite("Sizes", .tags(.unit))
struct ByteSizeTextTests {
    @Test(
        "are read as redis.conf spells them",
        arguments: [
            ("0", 0), ("1048576", 1 << 20), ("7b", 7), ("1k", 1000), ("1kb", 1024), ("2m", 2_000_000),
            ("32mb", 32 << 20), ("32MB", 32 << 20), ("1g", 1_000_000_000), ("1Gb", 1 << 30),
        ]
    )
    func valid(_ text: String, _ bytes: Int) throws {
        #expect(try ByteSizeText.parse(text) == bytes)
    }

    @Test(
        "that make no sense are refused with a reason",
        arguments: [
            ("", ByteSizeTextError.notASize("")), ("mb", .notASize("mb")), ("-1", .notASize("-1")),
            ("1.5mb", .unknownUnit("1.5mb")), ("1 mb", .unknownUnit("1 mb")), ("1tb", .unknownUnit("1tb")),
            ("99999999999999999999", .outOfRange("99999999999999999999")),
            ("9999999999gb", .outOfRange("9999999999gb")),
        ]
    )
    func invalid(_ text: String, _ error: ByteSizeTextError) {
        #expect(throws: error) { try ByteSizeText.parse(text) }
    }
}
