/// An end of a list.
public enum RedisListSide: String, Sendable, Hashable, CaseIterable {
    /// The beginning.
    case left = "LEFT"
    /// The end.
    case right = "RIGHT"
}

extension RedisListSide: ArgumentWord {}

/// On which side of another element an element is inserted.
public enum RedisListPosition: String, Sendable, Hashable, CaseIterable {
    /// Before it.
    case before = "BEFORE"
    /// Behind it.
    case after = "AFTER"
}

extension RedisListPosition: ArgumentWord {}
