# The target `description`: io.retaind.varlink as a constant of the program (service/description.h).
# A string literal of this length would be beyond what C promises to take, so it is written as bytes.
if(NOT TARGET description)
  set(description_source ${CMAKE_CURRENT_LIST_DIR}/io.retaind.varlink)
  set(description_output ${CMAKE_BINARY_DIR}/generated/description.c)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${description_source})
  file(READ ${description_source} description_bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," description_bytes "${description_bytes}")
  file(CONFIGURE OUTPUT ${description_output} CONTENT
    "#include \"service/description.h\"\n\nconst char service_description[] = {@description_bytes@0};\n" @ONLY)
  add_library(description OBJECT ${description_output})
endif()
