/// Who is to take the messages of the names of one call.
package enum RequestedHandlers: Sendable, ExpressibleByNilLiteral {
    /// Nobody: they go to the stream.
    case none
    /// One handler, those of all names.
    case one(PubSub.Handler)
    /// A handler for each name, in the order of the names.
    case each([PubSub.Handler])

    package init(nilLiteral: ()) { self = .none }

    init(_ handler: PubSub.Handler?) { self = handler.map { .one($0) } ?? .none }

    /// The handler of the name at `position`.
    subscript(position: Int) -> PubSub.Handler? {
        switch self {
        case .none: nil
        case .one(let handler): handler
        case .each(let handlers): handlers[position]
        }
    }

    var isNone: Bool {
        if case .none = self { return true }
        return false
    }
}
