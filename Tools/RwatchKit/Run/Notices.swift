import Reactor
import RedisCore

/// What rwatch has to say beside the data: on standard error, one line each.
package enum Notices {
    /// Writes `rwatch: …`, and waits until it is written. Never on the loop's thread: who reads standard error may be slow.
    /// `advice` goes below, as it is.
    package static func say(_ text: String, advice: String? = nil) {
        ThisProcess.writeToStandardError(line(text) + (advice.map { "\($0)\n" } ?? ""))
    }

    /// What a server says may stand in it: control characters are shown, and do nothing to a terminal.
    static func line(_ text: String) -> String { "rwatch: \(text.withVisibleControls)\n" }

    /// `1.2 s`, `30 s`, or `35 ms` below a tenth of a second.
    static func seconds(_ duration: Duration) -> String {
        let milliseconds = duration / .milliseconds(1)
        if milliseconds < 100 { return "\(Int(milliseconds.rounded())) ms" }
        let (seconds, tenths) = Int((milliseconds / 100).rounded()).quotientAndRemainder(dividingBy: 10)
        return tenths == 0 ? "\(seconds) s" : "\(seconds).\(tenths) s"
    }
}

extension String {
    /// The same with control characters, C1 and DEL among them, as `\n`, `\r`, `\t` or `\xhh`.
    var withVisibleControls: String {
        func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.value < 0x20 || 0x7f...0x9f ~= scalar.value }
        guard unicodeScalars.contains(where: isControl) else { return self }
        var text = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case let scalar where isControl(scalar):
                let digits = String(scalar.value, radix: 16)
                text += "\\x" + (digits.count < 2 ? "0" : "") + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
