import RedisCore
import RedisReactor

/// What rwatch has to say beside the data: on standard error, one line each.
package enum Notices {
    /// Writes `rwatch: …`, and waits until it is written. Never on the loop's thread: who reads standard error may be slow.
    /// `advice` goes below, as it is.
    package static func say(_ text: String, advice: String? = nil) {
        ThisProcess.writeToStandardError(line(text) + (advice.map { "\($0)\n" } ?? ""))
    }

    /// What others say may stand in it. It stays one line, does nothing to a terminal, and is cut.
    static func line(_ text: String) -> String { "rwatch: \(text.shown(upTo: ShownText.noticeLimit))\n" }

    /// `1.2 s`, `30 s`, or `35 ms` below a tenth of a second.
    static func seconds(_ duration: Duration) -> String {
        let milliseconds = duration / .milliseconds(1)
        if milliseconds < 100 { return "\(Int(milliseconds.rounded())) ms" }
        let (seconds, tenths) = Int((milliseconds / 100).rounded()).quotientAndRemainder(dividingBy: 10)
        return tenths == 0 ? "\(seconds) s" : "\(seconds).\(tenths) s"
    }
}
