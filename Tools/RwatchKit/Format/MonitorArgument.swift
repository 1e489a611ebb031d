/// The result of reading one quoted argument of a MONITOR line.
enum MonitorArgument {
    /// The argument is ASCII and was written; `end` is after its closing quote.
    case text(end: Int)
    /// The argument contains bytes from 0x80 on and was decoded, but not written.
    case bytes(end: Int)
    /// There is no quoted argument.
    case malformed
}
