help calender
