/// What became of one quoted argument of a MONITOR line.
enum MonitorArgument {
    /// It was ASCII and is written; `end` is past its closing quote.
    case text(end: Int)
    /// It holds bytes from 0x80 on and is decoded but not written.
    case bytes(end: Int)
    /// It is not a quoted argument.
    case malformed
}
