import RedisEvents
import RedisRESP

// The last events, for those who look at them. Nobody pays for it who does not.
extension EventTally {
    /// Keeps the line of a command, whose name was set before.
    @inline(never)
    mutating func keep(_ line: RawSpan, _ header: MonitorLine, key: RawSpan, _ hasKey: Bool, _ node: RawSpan) {
        // Taken out, because its bytes are borrowed while the tail changes.
        let name = exchange(&self.name, with: [])
        tail?.add(
            command: line,
            at: header.time.microseconds,
            name: name.rawSpan,
            key: key,
            hasKey: hasKey,
            client: line.part(header.source),
            node: node
        )
        self.name = name
    }
}
