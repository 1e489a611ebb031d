import RedisCore
import RedisReactor

/// The notices of rwatch beside the data: on standard error, one line each.
package enum Notices {
    /// Writes `rwatch: …`, and waits until it is written. Must not be called on the loop's thread, because the reader
    /// of standard error may be slow. `advice` follows unchanged.
    package static func say(_ text: String, advice: String? = nil) {
        ThisProcess.writeToStandardError(line(text) + (advice.map { "\($0)\n" } ?? ""))
    }

    /// A notice may contain texts from outside. It stays one line, cannot control a terminal, and is cut.
    static func line(_ text: String) -> String { "rwatch: \(text.shown(upTo: ShownText.noticeLimit))\n" }

    /// `85 µs`, and from a millisecond up as `seconds` has it.
    static func latency(_ duration: Duration) -> String {
        duration < .milliseconds(1) ? "\(Int(duration / .microseconds(1))) µs" : seconds(duration)
    }

    /// `1.2 s`, `30 s`, or `35 ms` below a tenth of a second.
    static func seconds(_ duration: Duration) -> String {
        let milliseconds = duration / .milliseconds(1)
        if milliseconds < 100 { return "\(Int(milliseconds.rounded())) ms" }
        let (seconds, tenths) = Int((milliseconds / 100).rounded()).quotientAndRemainder(dividingBy: 10)
        return tenths == 0 ? "\(seconds) s" : "\(seconds).\(tenths) s"
    }
}
