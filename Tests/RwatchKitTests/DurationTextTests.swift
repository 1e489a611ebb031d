import RwatchKit
import TestSupport
import Testing

@Suite("Duration texts", .tags(.unit))
struct DurationTextTests {
    @Test(
        "durations are read exactly",
        arguments: [
            ("10s", .seconds(10)), ("1.5s", .milliseconds(1_500)), ("500ms", .milliseconds(500)), ("2m", .seconds(120)),
            ("1h", .seconds(3_600)), ("30", .seconds(30)), ("0", .zero), ("0.5", .milliseconds(500)),
            ("1.5m", .seconds(90)), ("0.25h", .seconds(900)), ("0.1s", .milliseconds(100)),
            ("0.001ms", .microseconds(1)),
            ("0.000000001s", .nanoseconds(1)), ("007s", .seconds(7)),
            ("999999999999h", .seconds(999_999_999_999 * 3_600)), ("1d", .seconds(86_400)), ("1m30s", .seconds(90)),
            ("1d2h3m4s5ms", .milliseconds(93_784_005)), ("1h0.5s", .milliseconds(3_600_500)), ("0s", .zero),
            ("0d", .zero), ("1.5d", .seconds(129_600)), ("2000000.000000000d", .seconds(2_000_000 * 86_400)),
            ("999999999999.999999999", .seconds(1_000_000_000_000) - .nanoseconds(1)),
            ("999999999999d", .seconds(999_999_999_999 * 86_400)),
        ] as [(String, Duration)]
    )
    func parsed(text: String, expected: Duration) throws {
        #expect(try DurationText.parse(text) == expected)
    }

    @Test(
        "what is no duration says why",
        arguments: [
            ("", .empty), ("s", .notANumber("s")), ("-1s", .notANumber("-1s")), ("+1s", .notANumber("+1s")),
            (".5s", .notANumber(".5s")), ("5.s", .notANumber("5.s")), ("1e3", .unknownUnit("1e3")),
            ("10 s", .unknownUnit("10 s")), ("10S", .unknownUnit("10S")), ("1w", .unknownUnit("1w")),
            ("1.5.5s", .unknownUnit("1.5.5s")), ("10sec", .unknownUnit("10sec")), ("٣s", .notANumber("٣s")),
            ("1m30", .unknownUnit("1m30")), ("30s1m", .wrongOrder("30s1m")), ("1s1s", .wrongOrder("1s1s")),
            ("1.5m30s", .notANumber("1.5m30s")), ("1m-3s", .unknownUnit("1m-3s")),
            ("1000000000000s", .outOfRange("1000000000000s")), ("0.0000000001s", .outOfRange("0.0000000001s")),
        ] as [(String, DurationTextError)]
    )
    func refused(text: String, expected: DurationTextError) {
        #expect(throws: expected) { try DurationText.parse(text) }
        if !text.isEmpty { #expect(expected.description.contains(text)) }
    }
}
