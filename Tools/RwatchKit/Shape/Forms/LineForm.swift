import RedisEvents
import RedisRESP
import RedisReactor

/// Events in MONITOR's own grammar, with another time than MONITOR has.
enum LineForm {
    /// Appends an event, without a line feed.
    static func append(
        _ event: borrowing SelectedEvent,
        _ reader: inout EventReader,
        _ clock: inout TimeWriter,
        to buffer: inout OutputBuffer
    ) {
        if event.kind == .command {
            reader.readHeader(event.content)
            guard clock.style != .unix, let header = reader.header else { return buffer.append(visible: event.content) }
            appendTime(header.time.microseconds, &clock, to: &buffer)
            // The bracket before the database.
            let rest = header.databaseText.lowerBound - 1
            return buffer.append(visible: event.content.part(rest..<event.content.byteCount))
        }
        reader.writeText(event)
        guard clock.style != .unix else { return buffer.append(reader.text.bytes) }
        appendTime(event.time, &clock, to: &buffer)
        let rest = reader.text.bytes.firstIndex(of: UInt8(ascii: " "), from: 0) ?? 0
        buffer.append(reader.text.bytes.extracting((rest + 1)..<reader.text.count))
    }

    private static func appendTime(_ time: Int64, _ clock: inout TimeWriter, to buffer: inout OutputBuffer) {
        guard clock.style != .none else { return }
        clock.append(time, to: &buffer)
        buffer.append(UInt8(ascii: " "))
    }
}
