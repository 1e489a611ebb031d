/// One of the two links of a mirrored subscription.
package enum MirrorSide: UInt8, Sendable, CaseIterable {
    case first, second

    package var other: MirrorSide { self == .first ? .second : .first }
}

/// A value for each of the two links.
package struct MirrorPair<Value> {
    package var first: Value
    package var second: Value

    package init(_ first: Value, _ second: Value) {
        self.first = first
        self.second = second
    }

    package subscript(side: MirrorSide) -> Value {
        _read {
            switch side {
            case .first: yield first
            case .second: yield second
            }
        }
        _modify {
            switch side {
            case .first: yield &first
            case .second: yield &second
            }
        }
    }
}

extension MirrorPair: Sendable where Value: Sendable {}
