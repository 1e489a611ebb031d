extension RedisDrop: CustomStringConvertible {
    /// How much was dropped: `12 events dropped (340 bytes)`.
    public var description: String { "\(count) \(count == 1 ? "event" : "events") dropped (\(bytes.inBytes))" }
}
