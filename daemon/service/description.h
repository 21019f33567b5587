/* The description of the interface io.retaind, made from io.retaind.varlink by description.cmake.
 */
#pragma once

extern const char service_description[];
