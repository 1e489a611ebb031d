import Reactor
import RedisCore

/// What rwatch has to say beside the data: on standard error, one line each.
package enum Notices {
    /// Writes `rwatch: …`, and waits until it is written. Never on the loop's thread: who reads standard error may be slow.
    package static func say(_ text: String) {
        ThisProcess.writeToStandardError(line(text))
    }

    static func line(_ text: String) -> String { "rwatch: \(text)\n" }

    /// `1.2 s`, or `35 ms` below a tenth of a second.
    static func seconds(_ duration: Duration) -> String {
        let milliseconds = duration / .milliseconds(1)
        if milliseconds < 100 { return "\(Int(milliseconds.rounded())) ms" }
        let tenths = Int((milliseconds / 100).rounded())
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
