import Reactor
import RedisCore

/// What rwatch has to say beside the data: on standard error, one line each.
package enum Notices {
    /// Writes `rwatch: …`.
    package static func say(_ text: String) {
        ThisProcess.writeToStandardError("rwatch: \(text)\n")
    }

    /// Tells of the link's life. An outage's first failed attempt is told, not each.
    static func say(_ event: LinkEvent, isFirstAttempt: Bool) {
        switch event {
        case .lost(let cause, _): say("link lost: \(cause)")
        case .retrying(let error, _): if isFirstAttempt { say("still trying: \(error)") }
        case .restored(let duration): say("link back after \(seconds(duration))")
        }
    }

    /// `1.2 s`, or `35 ms` below a tenth of a second.
    static func seconds(_ duration: Duration) -> String {
        let milliseconds = duration / .milliseconds(1)
        if milliseconds < 100 { return "\(Int(milliseconds.rounded())) ms" }
        let tenths = Int((milliseconds / 100).rounded())
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
