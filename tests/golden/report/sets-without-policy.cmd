report --html - --sets orders=x
