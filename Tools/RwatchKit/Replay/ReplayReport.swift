/// What is told of a replay at its end. A plain value.
package struct ReplayReport: Sendable {
    package var counts: ReplayCounts
    package var progress: ReplayProgress
    package var figures: ReplayFigures
    package var speed: ReplaySpeed
    /// Whether nothing was sent.
    package var isDry: Bool

    package init(
        counts: ReplayCounts,
        progress: ReplayProgress,
        figures: ReplayFigures,
        speed: ReplaySpeed,
        isDry: Bool
    ) {
        var counts = counts
        counts.skip(.missingDatabase, figures.missingLines)
        self.counts = counts
        self.progress = progress
        self.figures = figures
        self.speed = speed
        self.isDry = isDry
    }

    // MARK: Text

    /// The report for people, line by line.
    package var lines: [String] {
        var lines = [
            "recorded    \(counts.recorded) in \(Words.count(counts.lines, "line")), over \(Notices.seconds(figures.recorded))"
        ]
        if isDry {
            lines.append("would send  \(counts.planned) over \(connections), at \(speed)")
        } else {
            let transactions = progress.sentTransactions
            let among = transactions == 0 ? "" : ", among them \(Words.count(transactions, "transaction"))"
            lines.append(
                "sent        \(progress.sentCommands) over \(connections) in \(Notices.seconds(figures.elapsed)), at \(speed)\(among)"
            )
            if figures.passes > 1 { lines.append("passes      \(figures.passes)") }
            if progress.lateness.count > 0 { lines.append("late        \(Self.percentiles(progress.lateness))") }
            lines.append("answered    \(progress.answeredCommands)\(replies)")
            if progress.unansweredCommands > 0 { lines.append("blocked     \(progress.unansweredCommands) at the end") }
            if progress.lostCommands > 0 { lines.append("unanswered  \(progress.lostCommands)") }
            if progress.unblockedCommands > 0 {
                lines.append("unblocked   \(progress.unblockedCommands), whose clients went on in the recording")
            }
            lines += errorLines
        }
        lines += Self.list("not sent", counts.skippedCount, ReplaySkip.allCases.map { ($0.words, counts[$0]) })
        lines += Self.list("unreadable", counts.unreadableCount, LineProblem.allCases.map { ($0.words, counts[$0]) })
        if counts.gaps > 0 { lines.append("gaps        \(counts.gaps) in the recording") }
        if counts.dropped > 0 { lines.append("dropped     \(counts.dropped) when it was recorded") }
        return lines
    }

    private var connections: String {
        let passed = figures.passedOn == 0 ? "" : " (passed on to other clients \(figures.passedOn) times)"
        return Words.count(figures.connections, "connection") + passed
    }

    private var replies: String {
        progress.replyTimes.count == 0 ? "" : ", after \(Self.percentiles(progress.replyTimes))"
    }

    private var errorLines: [String] {
        guard progress.errorCount > 0 else { return [] }
        let kinds = progress.errors.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
        return ["errors      \(progress.errorCount)"]
            + kinds.map { kind, found in
                let words = found.example.hasPrefix(kind) ? found.example : "\(kind): \(found.example)"
                return "  \(found.count) \(words)"
            }
    }

    private static func list(_ title: String, _ sum: Int, _ parts: [(words: String, count: Int)]) -> [String] {
        guard sum > 0 else { return [] }
        let padding = String(repeating: " ", count: max(12 - title.utf8.count, 1))
        return ["\(title)\(padding)\(sum)"] + parts.filter { $0.count > 0 }.map { "  \($0.count) \($0.words)" }
    }

    private static func percentiles(_ histogram: DurationHistogram) -> String {
        let parts = [
            ("p50", histogram.percentile(0.5)), ("p99", histogram.percentile(0.99)), ("max", histogram.maximum),
        ]
        return parts.map { "\($0.0) \(milliseconds($0.1)) ms" }.joined(separator: ", ")
    }

    /// Milliseconds with three decimals.
    private static func milliseconds(_ duration: Duration) -> String {
        let microseconds = Int(min(duration / .microseconds(1), 9e15).rounded())
        let fraction = String(microseconds % 1000)
        return "\(microseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }

    // MARK: JSON

    /// The report as one line of JSON.
    package var json: [UInt8] {
        var buffer = OutputBuffer(capacity: 1024)
        buffer.append(literal: "{\"kind\":\"replay\"")
        Self.append("lines", counts.lines, to: &buffer)
        Self.append("recorded", counts.recorded, to: &buffer)
        Self.append("planned", counts.planned, to: &buffer)
        Self.append("sent", progress.sentCommands, to: &buffer)
        Self.append("transactions", progress.sentTransactions, to: &buffer)
        Self.append("answered", progress.answeredCommands, to: &buffer)
        Self.append("unanswered", progress.lostCommands, to: &buffer)
        Self.append("blocked", progress.unansweredCommands, to: &buffer)
        Self.append("unblocked", progress.unblockedCommands, to: &buffer)
        Self.append("error_count", progress.errorCount, to: &buffer)
        Self.append("errors", progress.errors.sorted { $0.key < $1.key }.map { ($0.key, $0.value.count) }, to: &buffer)
        Self.append("skipped", ReplaySkip.allCases.map { ($0.name, counts[$0]) }, to: &buffer)
        Self.append("unreadable", LineProblem.allCases.map { ($0.name, counts[$0]) }, to: &buffer)
        Self.append("gaps", counts.gaps, to: &buffer)
        Self.append("dropped", counts.dropped, to: &buffer)
        Self.append("connections", figures.connections, to: &buffer)
        Self.append("passed_on", figures.passedOn, to: &buffer)
        Self.append("passes", figures.passes, to: &buffer)
        buffer.append(UInt8(ascii: ","))
        buffer.append(jsonField: "speed", Array("\(speed)".utf8).rawSpan)
        Self.append("recorded_ms", figures.recorded, to: &buffer)
        Self.append("elapsed_ms", figures.elapsed, to: &buffer)
        Self.append("late_ms", progress.lateness, to: &buffer)
        Self.append("reply_ms", progress.replyTimes, to: &buffer)
        buffer.append(literal: "}\n")
        return buffer.take()
    }

    private static func append(_ name: StaticString, to buffer: inout OutputBuffer) {
        buffer.append(literal: ",\"")
        buffer.append(literal: name)
        buffer.append(literal: "\":")
    }

    private static func append(_ name: StaticString, _ value: Int, to buffer: inout OutputBuffer) {
        append(name, to: &buffer)
        buffer.append(integer: value)
    }

    private static func append(_ name: StaticString, _ duration: Duration, to buffer: inout OutputBuffer) {
        append(name, to: &buffer)
        buffer.append(Array(milliseconds(duration).utf8))
    }

    /// Those that are not zero.
    private static func append(
        _ name: StaticString,
        _ parts: [(name: String, count: Int)],
        to buffer: inout OutputBuffer
    ) {
        append(name, to: &buffer)
        buffer.append(UInt8(ascii: "{"))
        var isFirst = true
        for part in parts where part.count > 0 {
            if !isFirst { buffer.append(UInt8(ascii: ",")) }
            isFirst = false
            buffer.append(jsonElement: Array(part.name.utf8).rawSpan)
            buffer.append(UInt8(ascii: ":"))
            buffer.append(integer: part.count)
        }
        buffer.append(UInt8(ascii: "}"))
    }

    private static func append(_ name: StaticString, _ histogram: DurationHistogram, to buffer: inout OutputBuffer) {
        append(name, to: &buffer)
        guard histogram.count > 0 else { return buffer.append(literal: "null") }
        buffer.append(literal: "{\"p50\":")
        buffer.append(Array(milliseconds(histogram.percentile(0.5)).utf8))
        append("p99", to: &buffer)
        buffer.append(Array(milliseconds(histogram.percentile(0.99)).utf8))
        append("max", to: &buffer)
        buffer.append(Array(milliseconds(histogram.maximum).utf8))
        buffer.append(UInt8(ascii: "}"))
    }
}
