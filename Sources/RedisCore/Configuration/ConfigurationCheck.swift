/// Collects what cannot work in a configuration.
struct ConfigurationCheck {
    /// What was found: the property that it is about, and a sentence.
    private(set) var found: [(property: String, sentence: String)] = []

    /// Notes `sentence` unless `isValid`.
    mutating func that(_ isValid: Bool, _ property: String, _ sentence: @autoclosure () -> String) {
        if !isValid { found.append((property, sentence())) }
    }

    /// Notes a number that is zero or below.
    mutating func positive(_ value: Int, _ property: String) {
        that(value > 0, property, "\(property) \(value) is not positive")
    }

    /// Notes a time that is zero or below.
    mutating func positive(_ value: Duration, _ property: String) {
        that(value > .zero, property, "\(property) \(value) is not positive")
    }

    /// Throws what was found first.
    func throwFirst() throws(RedisError) {
        if let first = found.first { throw RedisError(.invalidConfiguration, first.sentence) }
    }
}
