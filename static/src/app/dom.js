// $ is the first element that a selector finds below root.
export const $ = (selector, root = document) => root.querySelector(selector)
