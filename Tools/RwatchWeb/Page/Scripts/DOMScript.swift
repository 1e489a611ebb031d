extension PageScript {
    /// Makes nodes. What comes from servers becomes text, never markup: no script here has another way.
    static let dom = #"""
        export const find = (id) => document.getElementById(id);

        /** An element with a class and children, which are elements or texts. */
        export function make(tag, className, ...children) {
          const element = document.createElement(tag);
          if (className) element.className = className;
          element.append(...children);
          return element;
        }

        /** A text from a server, whose direction does not change what stands beside it. */
        export function text(className, value) {
          const element = make("bdi", className);
          element.textContent = value;
          return element;
        }

        export function svg(tag, attributes, ...children) {
          const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
          for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
          element.append(...children);
          return element;
        }

        /** Sets a text where it has changed. */
        export function say(id, value) {
          const element = find(id);
          if (element.textContent !== value) element.textContent = value;
        }

        """#
}
