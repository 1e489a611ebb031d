import RedisCore

/// A command that prints a text which it knows by itself.
package enum PrintText {
    /// Prints the text to standard output.
    package static func run(_ text: String) async -> ExitStatus {
        OutputPump.ignoreBrokenPipeSignal()
        do throws(RedisError) {
            let output = try PlainOutput()
            output.line(text)
            return output.finish().map { ExitStatus($0) } ?? .success
        } catch {
            Notices.say(error.words)
            return ExitStatus(error)
        }
    }
}
