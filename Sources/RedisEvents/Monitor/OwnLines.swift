/// Recognizes the lines of a monitor's own links. Must be used on the loop.
package final class OwnLines {
    private let links: OwnLinks
    private var table = OwnLinks.Table()
    /// The link that the lines come over.
    var link: OwnLink?
    /// What `LineRun` compares: for each source its last seven bytes, the bracket behind it, and its length.
    private(set) var ends = RedisBytes()
    /// Whether any line may be one of ours, wherever it comes from.
    private(set) var mayBeAnywhere = false

    package init(_ links: OwnLinks) { self.links = links }

    /// Must be called before the lines of a read are looked at.
    package func refresh(at now: ContinuousClock.Instant) {
        guard table.revision != links.revision || table.due.map({ $0 <= now }) ?? false else { return }
        table = links.table(at: now, over: link)
        ends = Self.ends(of: table.sources)
        mayBeAnywhere = !table.names.isEmpty
    }

    private static func ends(of sources: [RedisBytes]) -> RedisBytes {
        // An address and its port have between 9 and 47 bytes.
        let addresses = sources.filter { 7...255 ~= $0.count }
        return RedisBytes(addresses.flatMap { $0.bytes.suffix(7) + [UInt8(ascii: "]"), UInt8($0.count)] })
    }

    /// Whether it is the line of a command of ours. Each command is told as often as it was sent.
    func isOwn(_ line: RawSpan) -> Bool {
        guard !table.sources.isEmpty || mayBeAnywhere, let parts = MonitorLine(line) else { return false }
        let source = line.extracting(parts.source)
        let isFromOurs = table.sources.contains { $0.equals(source) }
        guard isFromOurs || mayBeAnywhere && hasName(line, at: parts.argumentsStart) else { return false }
        let arguments = MonitorLine.arguments(line, from: parts.argumentsStart).map { argument -> RedisBytes in
            var bytes: [UInt8] = []
            let text = line.extracting(argument.range)
            return MonitorLine.appendUnescaped(text, to: &bytes) ? RedisBytes(bytes) : RedisBytes(copying: text)
        }
        return links.areOwn(arguments, from: RedisBytes(copying: source), over: link)
    }

    /// Whether it is a command such as we have sent.
    private func hasName(_ line: RawSpan, at start: Int) -> Bool {
        var index = start
        guard let name = MonitorLine.nextArgument(line, at: &index) else { return false }
        let text = line.extracting(name.range)
        return table.names.contains { $0.equals(text) }
    }
}
